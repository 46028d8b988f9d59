"""Many account tasks in one call."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients_app.api.operations import operation
from clients_app.callers import caller_of
from clients_app.exceptions import Refusal
from tasks_app import clock, registration
from tasks_app.api import plain
from tasks_app.api.requests import AccountTaskRequest, BatchRequest, registration_of
from tasks_app.api.responses import BatchItemResponse
from tasks_app.models import AccountTask
from tasks_app.registration import AskedOfTask

LARGEST_BATCH = 8 * 2**20  # bytes of a body
MOST_SAID = 20  # wrong items that the refusal of a batch names


class AccountTaskBatchView(APIView):
    """Many account tasks at once."""

    http_method_names = ["post"]
    section = "Account tasks"

    @operation(
        request=BatchRequest,
        answer=BatchItemResponse,
        is_list=True,
        refuses=("TASK_NOT_FOUND", "CLIENT_REQUIRED"),
        is_create=True,
        takes_forms=False,
        largest_body=LARGEST_BATCH,
    )
    def post(self, request: Request) -> Response:
        """
        Register many tasks in one call

        Up to 1,000 items in 8 MiB of JSON or XML. Each has its own result, in the order of the items, as if it had come
        alone; the status is 200 even if all were refused. With AllOrNothing a single wrong item makes the whole call an
        error, whose reason names the wrong items, and nothing is registered.
        """
        asked = BatchRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        items, is_whole = asked.validated_data["items"], asked.validated_data["is_all_or_nothing"]
        caller = caller_of(request)
        done = registration.register_all(
            [_read(item) for item in items],
            client=caller.client,
            by=caller,
            now=caller.at or clock.now(),
            all_or_nothing=is_whole,
        )
        results = [self._result(each) for each in done]
        wrong = [(number, result) for number, result in enumerate(results) if result["Error"]]
        if is_whole and wrong:
            raise WrongItems(wrong)
        return Response(results)

    def _result(self, done: AccountTask | Exception) -> dict[str, Any]:
        if isinstance(done, AccountTask):
            return {"Status": 201, "Error": None, "Detail": plain.detail(done)}
        context = self.get_exception_handler_context() | {"shape": AccountTaskRequest}
        refusal = self.get_exception_handler()(done, context)
        assert refusal is not None  # noqa: S101 (ours lets nothing through)
        return {"Status": refusal.status_code, "Error": refusal.data["Error"], "Detail": None}


def _read(item: Any) -> AskedOfTask | serializers.ValidationError:
    try:
        return registration_of(item)
    except serializers.ValidationError as error:
        return error


class WrongItems(Refusal):
    """Some items of a batch that was to be registered as a whole."""

    def __init__(self, wrong: list[tuple[int, dict[str, Any]]]) -> None:
        codes = {result["Error"]["ErrorCode"] for _, result in wrong}
        self.error_code = codes.pop() if len(codes) == 1 else "INVALID_REQUEST"
        said = [f"Items[{number}]: {result['Error']['ErrorReason']}" for number, result in wrong[:MOST_SAID]]
        more = len(wrong) - len(said)
        Exception.__init__(self, " ".join([*said, f"And {more} more."] if more else said))
