"""Polymorphic models in one table each, and the same ones split: two apps, `wide` and `split`."""
