"""Plumbing that the services share: functions without a word of the business."""
