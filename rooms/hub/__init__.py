"""How a room's changes reach the sockets of one web process."""
