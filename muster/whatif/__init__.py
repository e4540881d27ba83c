"""What another setting would have done to a past period, decided by the code that decides live."""
