"""A Telegram Bot API server for tests: a process of its own, which a bot cannot tell from Telegram.

    python -m tests.botapi --port 8081 --token 42:TEST

`wire` reads requests and writes errors, `markup` turns HTML into entities, `world` holds people, chats and messages,
`delivery` hands updates over by polling or webhook, `messages`, `polls`, `replies` and `profile` are the methods, which
`api` calls by name,
`faults` breaks things on demand, `control` is how a test writes as people and looks at what the bot did, `server` ties
them together, and `client` is what tests import.

Sources: the Bot API documentation and its FAQ (core.telegram.org/bots), and the behaviour of the official server
(tdlib/telegram-bot-api: Client, WebhookActor; tdlib/td: MessageEntity).
"""
