"""Pages of the API: by key, never by offset, never counting all."""

from rest_framework import pagination


class KeysetPagination(pagination.CursorPagination):
    """Newest first; `?page_size=` up to 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
