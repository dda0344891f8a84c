"""Text and layout of all that people read; `bot.slack.render` finds it by this package's place."""
