"""Composition: settings, addresses, processes. Nothing below imports it, except `config.lib`."""
