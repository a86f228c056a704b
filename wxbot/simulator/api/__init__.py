"""The platform's HTTP API, one module per topic; `table.ENDPOINTS` lists every endpoint."""
