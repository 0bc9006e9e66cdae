"""A policy that forbids scripts and styles within a page, and who sees the debug toolbar."""


def strict_policy(get_response):
    def middleware(request):
        response = get_response(request)
        if not wants_toolbar(request):
            response["Content-Security-Policy"] = "default-src 'self'; img-src 'self' data:"
        return response

    return middleware


def wants_toolbar(request):
    return "toolbar" in request.COOKIES or request.path.startswith("/__debug__/")
