"""
Django REST framework as everyone writes it: a ModelSerializer both ways, an authentication class, an APIView, the
package for XML. Its connections stay open, which is more than Django does unasked.

What the product does besides is what the floor leaves out too.
"""

from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.benchmarks.peers import rows, wire
from tests.benchmarks.peers.models import AccountTask, Frequency, Notification, Task, Token


class TokenAuthentication(BaseAuthentication):
    def authenticate_header(self, request):
        return "Bearer"

    def authenticate(self, request):
        scheme, _, token = get_authorization_header(request).decode().partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = Token.of(rows.digest(token))
        if found is None:
            raise AuthenticationFailed
        return found.client.user, found.client


class AccountTaskSerializer(serializers.ModelSerializer):
    ID = serializers.UUIDField(source="id", read_only=True)
    TaskID = serializers.PrimaryKeyRelatedField(source="task", queryset=Task.objects.filter(is_enabled=True))
    Name = serializers.CharField(source="task.name", read_only=True)
    Enabled = serializers.BooleanField(source="is_enabled", read_only=True)
    Frequency = serializers.ChoiceField(source="frequency", choices=Frequency.choices)
    StartDate = serializers.DateTimeField(source="start_at", required=False, allow_null=True)
    FinishDate = serializers.DateTimeField(source="finish_at", required=False, allow_null=True)
    Parameters = serializers.CharField(source="parameters", trim_whitespace=False)
    ContentType = serializers.ChoiceField(source="content_type", choices=[wire.JSON, wire.XML])
    Notification = serializers.ChoiceField(source="notification", choices=Notification.choices, required=False)
    DateCreated = serializers.DateTimeField(source="created_at", read_only=True)
    DateModified = serializers.DateTimeField(source="modified_at", read_only=True)
    LastRunOn = serializers.ReadOnlyField(default=None)
    LastRunBy = serializers.ReadOnlyField(default=None)
    LastModifiedBy = serializers.CharField(source="modified_by", read_only=True)
    Status = serializers.CharField(source="status", read_only=True)
    ClientID = serializers.UUIDField(source="client_id", read_only=True)

    class Meta:
        model = AccountTask
        fields = [
            "ID", "TaskID", "Name", "Enabled", "Frequency", "StartDate", "FinishDate", "Parameters", "ContentType",
            "Notification", "DateCreated", "DateModified", "LastRunOn", "LastRunBy", "LastModifiedBy", "Status",
            "ClientID",
        ]  # fmt: skip

    def validate(self, attrs):
        start_at, finish_at = attrs.get("start_at"), attrs.get("finish_at")
        if start_at and finish_at and finish_at < start_at:
            raise serializers.ValidationError({"FinishDate": "must not be before StartDate"})
        return attrs


class AccountTasksView(APIView):
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]

    def post(self, request):
        serializer = AccountTaskSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user, client = request.user, request.auth
        serializer.save(account_id=client.account_id, client=client, modified_by=user.email)
        return Response(wire.success(serializer.data, user.pk), status=201)


urlpatterns = [path("api/v2/admin/tasks/account", AccountTasksView.as_view())]
