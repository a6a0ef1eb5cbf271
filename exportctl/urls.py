"""Every address of the product; the only core module that names both apps."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from .health import health
from .metrics import metrics

urlpatterns = [
    path("health/", health, name="health"),
    path("metrics/", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/", include("exportctl.api_urls")),
    path("api/v1/", include("entities.api.urls")),
    path("api/v1/", include("licenses.api.urls")),
    path("", include("exportctl.pages", namespace="exportctl")),
    path("", include("entities.urls", namespace="entities")),
    path("", include("licenses.urls", namespace="licenses")),
]
