"""Addresses of the API on parties, lists, hits and screenings."""

from rest_framework.routers import SimpleRouter

from .hits import HitViewSet
from .listed import ListedPartyViewSet
from .lists import ListViewSet
from .parties import PartyViewSet
from .screenings import ScreeningBatchViewSet, ScreeningViewSet

router = SimpleRouter()
router.register("parties", PartyViewSet, basename="party")
router.register("listed-parties", ListedPartyViewSet, basename="listed-party")
router.register("hits", HitViewSet, basename="hit")
router.register("lists", ListViewSet, basename="list")
router.register("screening-batches", ScreeningBatchViewSet, basename="screening-batch")
router.register("screenings", ScreeningViewSet, basename="screening")

router_urls = router.urls
urlpatterns = router_urls
