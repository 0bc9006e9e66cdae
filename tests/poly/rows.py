"""Rows to test with."""


def fill(poly):
    """Two objects of each class of products."""
    acme, best = (poly.Brand.objects.create(name=name) for name in ("Acme", "Best"))
    for n in range(2):
        common = {"stock": n, "brand": acme, "supplier": best, "note": f"n{n}" if n else None}
        own = {"publisher": best, "isbn": f"i{n}"}
        poly.Product.objects.create(title=f"p{n}", slug=f"p{n}", text="t", **common)
        poly.Shirt.objects.create(title=f"s{n}", text="u", colour="red", year=1900 + n, **common)
        poly.Book.objects.create(title=f"b{n}", text="v", pages=n, **own, **common)
        poly.Comic.objects.create(title=f"c{n}", text="w", panels=n, artist="a", **own, **common)
