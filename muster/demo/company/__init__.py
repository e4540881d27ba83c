"""The demo company's business systems: shop, ERP, CRM and mail, each an MCP server over one set of books."""
