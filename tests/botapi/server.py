"""The HTTP of it: /bot<token>/<method>, /file/bot<token>/<path> and /control/<name>."""

import json

from aiohttp import web

from . import messages, polls, profile, replies
from .api import Api, Options
from .control import MistakeError, run
from .wire import MAX_REQUEST, ApiError, Json, Parameters, read_parameters

MODULES = (messages, polls, profile, replies)  # imported for the methods that they register
API = web.AppKey("api", Api)


def application(options: Options) -> web.Application:
    app = web.Application(client_max_size=MAX_REQUEST)
    app[API] = Api(options)
    for verb in ("GET", "POST"):
        app.router.add_route(verb, "/bot{token}/{method}", _bot)
        app.router.add_route(verb, "/control/{name}", _control)
    app.router.add_get("/file/bot{token}/{path:.+}", _file)
    app.router.add_route("*", "/{rest:.*}", _nothing)
    app.on_cleanup.append(_stop)
    return app


async def _stop(app: web.Application) -> None:
    await app[API].updates.delete_webhook()


async def _nothing(request: web.Request) -> web.Response:
    return _failure(ApiError(404, "Not Found"))


async def _bot(request: web.Request) -> web.StreamResponse:
    api, name = request.app[API], request.match_info["method"]
    try:
        if request.match_info["token"] != api.options.token:
            raise ApiError(401, "Unauthorized")
        parameters = await read_parameters(request)
        fault = api.faults.take(name)
        if fault is None:
            return await _answer(api, name, parameters)
        if fault.after:
            return await fault.instead(request, await _answer(api, name, parameters, fault=fault.kind))
        api.note(name, parameters, fault=fault.kind)
        return await fault.instead(request, None)
    except ApiError as error:
        return _failure(error)


async def _answer(api: Api, name: str, parameters: Parameters, **noted: str) -> web.Response:
    try:
        return _success(await api.call(name, parameters, **noted))
    except ApiError as error:
        return _failure(error)


def _success(result: object) -> web.Response:
    return _json(200, {"ok": True, "result": result})


def _failure(error: ApiError) -> web.Response:
    response = _json(error.code, error.as_json())
    if "retry_after" in error.parameters:
        response.headers["Retry-After"] = str(error.parameters["retry_after"])
    return response


def _json(status: int, body: Json) -> web.Response:
    """A body of bytes, which a fault can cut in two."""
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


async def _file(request: web.Request) -> web.Response:
    api = request.app[API]
    found = [file for file in api.world.files.values() if file.path == request.match_info["path"]]
    if request.match_info["token"] != api.options.token:
        return _failure(ApiError(401, "Unauthorized"))
    if not found:
        return _failure(ApiError(404, "Not Found"))
    return web.Response(body=found[0].content, content_type="application/octet-stream")


async def _control(request: web.Request) -> web.Response:
    try:
        body = dict(request.query) | (json.loads(await request.text() or "{}") if request.can_read_body else {})
        return _json(200, await run(request.app[API], request.match_info["name"], body))
    except (ApiError, MistakeError, KeyError, TypeError, ValueError) as error:
        return _json(400, {"error": str(error) if isinstance(error, (ApiError, MistakeError)) else repr(error)})
