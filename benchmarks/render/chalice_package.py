"""`chalice package` of an app of N routes. Arguments: N, a scratch folder."""

import json
import os
import sys
from pathlib import Path

from chalice.cli import main

count, project = int(sys.argv[1]), Path(sys.argv[2]) / f"chalice{sys.argv[1]}"
APP = f"""
from chalice import Chalice
app = Chalice(app_name="orders")
for i in range({count}):
    def view(id): return {{"id": id}}
    view.__name__ = f"view{{i}}"
    app.route(f"/r{{i}}/{{{{id}}}}")(view)
"""
(project / ".chalice").mkdir(parents=True, exist_ok=True)
(project / "app.py").write_text(APP)
(project / "requirements.txt").write_text("")
config = {"version": "2.0", "app_name": "orders", "stages": {"dev": {"api_gateway_stage": "api"}}}
(project / ".chalice" / "config.json").write_text(json.dumps(config))
os.chdir(project)
sys.argv = ["chalice", "package", "out"]
try:
    main()
finally:
    made = project / "out" / "sam.json"
    if made.exists():
        print(len(json.loads(made.read_text())["Resources"]))
