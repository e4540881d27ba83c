"""Everything of the services that speaks to Prefect, and the only place that imports it.

Prefect reads its settings when first imported: call `muster.services.prefect_server.point_client_at` before.
"""
