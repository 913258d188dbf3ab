"""What an account may do, for clients of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.policies.eligibility import PLATFORM_HEADER, decisions, platform_of
from accounts.policies.rules import Platform, Purpose, RuleKind
from accounts.policies.words import rule_lines
from config.lib.throttled_view import ThrottledView

if TYPE_CHECKING:
    from rest_framework.request import Request

CLIENT_PLATFORM = OpenApiParameter(
    PLATFORM_HEADER,
    location=OpenApiParameter.HEADER,
    enum=Platform.values,
    default=Platform.WEB.value,
    description="What the client is; policies may look at it.",
)


class RuleSerializer(serializers.Serializer[Any]):
    """A rule and whether it is met; of what is counted, how much there is and must be."""

    rule = serializers.ChoiceField(choices=RuleKind.choices)
    met = serializers.BooleanField()
    have = serializers.IntegerField(allow_null=True)
    need = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(help_text="For people, in the language of the request.")
    url = serializers.CharField(allow_null=True, help_text="Where one goes to meet it.")


class WaySerializer(serializers.Serializer[Any]):
    """A way in: all of its rules must be met."""

    met = serializers.BooleanField()
    rules = RuleSerializer(many=True)


class DecisionSerializer(serializers.Serializer[Any]):
    """Whether the account may; any one of the ways is enough."""

    purpose = serializers.ChoiceField(choices=Purpose.choices)
    allowed = serializers.BooleanField()
    ways = WaySerializer(many=True)


class EligibilitySerializer(serializers.Serializer[Any]):
    """All purposes."""

    purposes = DecisionSerializer(many=True)


class MyEligibility(ThrottledView):
    """What I may do."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="me_eligibility_retrieve", parameters=[CLIENT_PLATFORM], responses=EligibilitySerializer
    )
    def get(self, request: Request) -> Response:
        """List what the account may do, with each rule and whether it is met."""
        assert request.user.is_authenticated
        found = [
            {
                "purpose": decision.purpose.value,
                "allowed": decision.allowed,
                # Whoever staff said no to is not sent to collect followers for nothing.
                "ways": []
                if decision.denied
                else [
                    {
                        "met": all(checked.met for checked in way),
                        "rules": [line.as_json() for line in rule_lines(way)],
                    }
                    for way in decision.ways
                ],
            }
            for decision in decisions(request.user, platform_of(request.headers))
        ]
        return Response({"purposes": found})


urlpatterns = [path("me/eligibility/", MyEligibility.as_view(), name="my-eligibility")]
