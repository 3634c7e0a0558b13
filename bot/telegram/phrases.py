"""All phrases that a pack must have to speak on Telegram, each with the values that it may name."""

from __future__ import annotations

from bot.intents.loader import Phrases
from bot.telegram import admin, browse, errors, handlers, inline, menus, replicas, why

PHRASES: Phrases = {
    **admin.PHRASES,
    **browse.PHRASES,
    **errors.PHRASES,
    **handlers.PHRASES,
    **inline.PHRASES,
    **menus.PHRASES,
    **replicas.PHRASES,
    **why.PHRASES,
}
