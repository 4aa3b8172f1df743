"""The HubSpot dialect of the simulator: objects, associations and the REST API over SQLite."""
