"""The Telegram face: updates in, replies out. What is said comes from the engine; here is only how it travels."""
