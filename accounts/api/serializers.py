"""What the API gives for people."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody, as everybody may see them."""

    id = serializers.CharField()
    handle = serializers.CharField()
    name = serializers.CharField()


class FollowSerializer(serializers.Serializer[Any]):
    """Whether you follow somebody, and how many do in all."""

    following = serializers.BooleanField()
    follower_count = serializers.IntegerField()
