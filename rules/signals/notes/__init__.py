"""What a note of a conversation says: discussed, proposed, and what comes next for what."""
