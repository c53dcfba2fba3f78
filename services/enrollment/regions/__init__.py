"""Every province, regency, district and village of Indonesia by its Kemendagri code, with the names people use."""
