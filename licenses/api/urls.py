"""Addresses of the API on applications, decisions, licenses, items and policies."""

from rest_framework.routers import SimpleRouter

from .applications import ApplicationViewSet
from .decisions import DecisionViewSet
from .determinations import DeterminationViewSet
from .documents import DocumentViewSet
from .items import ItemViewSet
from .licenses import LicenseViewSet
from .policies import PolicyViewSet

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="application")
router.register(
    r"applications/(?P<number>[A-Za-z0-9]+)/documents", DocumentViewSet, basename="application-document"
)
router.register("decisions", DecisionViewSet, basename="decision")
router.register("determinations", DeterminationViewSet, basename="determination")
router.register("licenses", LicenseViewSet, basename="license")
router.register("items", ItemViewSet, basename="item")
router.register("policies", PolicyViewSet, basename="policy")

router_urls = router.urls
urlpatterns = router_urls
