"""The service claims: claims from first report to payment, decided at the date of the incident."""
