"""`pulumi-resource-sls`: the provider plugin by which the engine makes what no other provider makes.

main.py      the program that the engine starts
service.py   the engine's protocol, for any kind of resource
kind.py      what a kind of resource is
function.py  `sls:local:Function`        gateway.py   `sls:local:Gateway`
control.py   the local target's control plane, as these two use it
place.py     where their files are       identity.py  what they are called
values.py    Pulumi's wire form of values
schema.py    the package, described for tools
"""
