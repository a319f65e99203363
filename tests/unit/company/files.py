"""A company of one of everything, as files, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping

DAY_S = 1_795_474_800  # 2026-11-24 00:00 in Berlin

FILES: Mapping[str, str] = {
    "company.csv": "name,time_zone\nTiny,Europe/Berlin\n",
    "sites.csv": "site_id,name,kind,lat_deg,lon_deg,open,close,loading_min,handling_min,docks\n"
    "WH,Warehouse,WAREHOUSE,48.1,11.5,05:00,20:00,15,10,2\n"
    "PL,Plant,PLANT,48.2,11.6,,,,,\n",
    "items.csv": "item_id,name,kind,family,weight_g,volume_cm3,unit_cost_cents,supplier_id,min_order_quantity,"
    "order_multiple,line_id\n"
    "PUMP,Pump,MADE,P,5000,9000,4000,,5,5,L1\n"
    "CASE,Case,MADE,C,2000,4000,900,,,,L1\n"
    "STEEL,Steel,BOUGHT,R,1000,500,100,S1,10,10,\n",
    "components.csv": "item_id,component_id,quantity\nPUMP,CASE,1\nCASE,STEEL,2\n",
    "operations.csv": "item_id,sequence,name,machine_ids,setup_s,unit_s\n"
    "PUMP,2,test,M2,60,10\nPUMP,1,build,M1;M2,120,30\nCASE,1,weld,M1,60,20\n",
    "suppliers.csv": "supplier_id,name,lead_time_h,lead_time_sd_h,order_cost_cents\nS1,Steelworks,48,6,1500\n",
    "item_sources.csv": "item_id,supplier_id,unit_cost_cents,price_breaks,lead_time_h\nSTEEL,S1,95,100:90;500:80,72\n",
    "transfer_lanes.csv": "from_site_id,to_site_id,transit_h,unit_cost_cents\nWH,PL,24,5\n",
    "lines.csv": "line_id,name,site_id,output_site_id,transfer_min,shift_start,shift_end\n"
    "L1,Line,PL,WH,30,06:00,18:00\n",
    "machines.csv": "machine_id,name,line_id\nM1,Welder,L1\nM2,Bench,L1\n",
    "vehicles.csv": "vehicle_id,name,kind,depot_id,weight_g,volume_cm3,shift_start,shift_end\n"
    "V1,Van,VAN,WH,1000000,8000000,06:00,15:00\n",
    "customers.csv": "customer_id,name,lat_deg,lon_deg,open,close,service_s\nC1,Hotel,48.15,11.55,07:00,18:00,300\n",
    "partners.csv": f"partner_id,name,token_sha256\nacme,Acme,{'0' * 64}\n",
    "stock.csv": "site_id,item_id,on_hand,service_per_mille\nWH,PUMP,7,950\n",
    "demand_history.csv": "site_id,item_id,days_ago,quantity\nWH,PUMP,1,4\nWH,PUMP,3,2\n",
    "purchase_orders.csv": "purchase_order_id,supplier_id,item_id,site_id,quantity,expected_day,expected_at\n"
    "PO-1,S1,STEEL,PL,50,1,08:30\n",
    "production_orders.csv": "production_order_id,item_id,quantity,due_day,due_at\nMO-1,PUMP,5,0,12:00\n",
    "orders.csv": "partner_id,number,customer_id,item_id,quantity,window_start,window_end,priority,known_at\n"
    "acme,1,C1,PUMP,2,08:00,10:00,7,\n"
    "acme,1,C1,CASE,1,08:00,10:00,7,\n"
    "acme,2,C1,PUMP,1,13:00,14:30:30,,09:15\n",
}


def files(**changes: str) -> dict[str, bytes]:
    """The files as bytes; a keyword `orders="…"` replaces orders.csv."""
    named = {name: changes.pop(name.removesuffix(".csv"), text) for name, text in FILES.items()}
    assert not changes, changes
    return {name: text.encode() for name, text in named.items()}


def edited(name: str, old: str, new: str) -> dict[str, bytes]:
    """The files with one piece of one file replaced."""
    text = FILES[f"{name}.csv"]
    assert old in text, (name, old)
    return files(**{name: text.replace(old, new, 1)})


def with_row(name: str, row: str) -> dict[str, bytes]:
    """The files with a row more in one of them."""
    return files(**{name: FILES[f"{name}.csv"] + row + "\n"})
