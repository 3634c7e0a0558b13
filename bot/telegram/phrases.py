"""All phrases that a pack must have to speak on Telegram, each with the values that it may name."""

from __future__ import annotations

from bot.intents.model import Phrases
from bot.telegram import (
    admin,
    broadcast,
    browse,
    daily,
    errors,
    handlers,
    inline,
    menus,
    pictures,
    privacy,
    quiz,
    replicas,
    reports,
    tongue,
    why,
)

PHRASES: Phrases = {
    **admin.PHRASES,
    **broadcast.PHRASES,
    **browse.PHRASES,
    **daily.PHRASES,
    **errors.PHRASES,
    **handlers.PHRASES,
    **inline.PHRASES,
    **menus.PHRASES,
    **pictures.PHRASES,
    **privacy.PHRASES,
    **quiz.PHRASES,
    **replicas.PHRASES,
    **reports.PHRASES,
    **tongue.PHRASES,
    **why.PHRASES,
}
