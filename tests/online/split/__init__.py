"""The new code: its models.py is put into the application `shop` of a throw-away project."""
