"""Addresses of the API on applications, decisions, licenses, items and policies."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from .applications import ApplicationViewSet
from .classifications import ClassificationViewSet
from .decisions import DecisionViewSet
from .deemed import DeemedViewSet
from .delegations import DelegationViewSet
from .determinations import DeterminationViewSet
from .documents import DocumentViewSet
from .flags import FlagViewSet
from .handovers import HandOverViewSet
from .holds import PolicyHoldViewSet
from .items import ItemViewSet
from .letters import LetterViewSet
from .licenses import LicenseViewSet
from .memos import FactsViewSet, MemoViewSet
from .policies import PolicyViewSet
from .reviewbodies import ReviewBodyViewSet

OF_A_CASE = r"applications/(?P<number>[A-Za-z0-9]+)"

router = SimpleRouter()
router.register("applications", ApplicationViewSet, basename="application")
router.register(f"{OF_A_CASE}/documents", DocumentViewSet, basename="application-document")
router.register(f"{OF_A_CASE}/letters", LetterViewSet, basename="application-letter")
router.register(f"{OF_A_CASE}/memos", MemoViewSet, basename="application-memo")
router.register(f"{OF_A_CASE}/red-flags", FlagViewSet, basename="application-red-flag")
router.register("classifications", ClassificationViewSet, basename="classification")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("delegations", DelegationViewSet, basename="delegation")
router.register("determinations", DeterminationViewSet, basename="determination")
router.register("licenses", LicenseViewSet, basename="license")
router.register("items", ItemViewSet, basename="item")
router.register("policy-holds", PolicyHoldViewSet, basename="policy-hold")
router.register("policies", PolicyViewSet, basename="policy")
router.register("review-bodies", ReviewBodyViewSet, basename="review-body")

# whose draft it is; one sheet, one form, one set of facts an application
singles = [
    path("applications/<slug:number>/share/", HandOverViewSet.as_view({"post": "share"}), name="application-share"),
    path("applications/<slug:number>/hand-over/",
         HandOverViewSet.as_view({"post": "hand_over"}), name="application-hand-over"),
    path("drafts/hand-over/", HandOverViewSet.as_view({"post": "hand_over_all"}), name="drafts-hand-over"),
    path("applications/<slug:number>/red-flags/",
         FlagViewSet.as_view({"get": "sheet", "patch": "answer"}), name="application-red-flags"),
    path("applications/<slug:number>/deemed-export/",
         DeemedViewSet.as_view({"get": "retrieve", "put": "update"}), name="application-deemed-export"),
    path("applications/<slug:number>/facts/",
         FactsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="application-facts"),
]  # fmt: skip

router_urls = [*singles, *router.urls]
urlpatterns = router_urls
