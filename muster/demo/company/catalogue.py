"""Every tool of the company, by system."""

from typing import Any

from muster.demo.company import crm, erp, erp_writes, mail, shop, shop_writes
from muster.demo.company.tool import Tool

CATALOGUE: dict[str, tuple[Tool[Any], ...]] = {
    "shop": shop.READS + shop_writes.WRITES,
    "erp": erp.READS + erp_writes.WRITES,
    "crm": crm.TOOLS,
    "mail": mail.TOOLS,
}
