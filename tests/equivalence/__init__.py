"""Pairs of the same model, wide and split, and steps to be made with both."""
