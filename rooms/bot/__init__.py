"""A speaker without a person: joins a room as any browser does and plays files into it."""
