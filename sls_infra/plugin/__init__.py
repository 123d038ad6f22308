"""`pulumi-resource-sls`: the provider plugin by which the engine makes what no other provider makes.

main.py      the program that the engine starts
service.py   the engine's protocol, for any kind of resource
kind.py      what a kind of resource is
kinds.py     which there are, each loaded when it is needed
function.py  `sls:local:Function`        gateway.py   `sls:local:Gateway`
secret.py    `sls:local:Secret`          key.py       `sls:local:Key`
control.py   the local target's control plane, as these two use it
place.py     where their files are       identity.py  what resources are called
azure_code.py  `sls:azure:Code`
publish.py   how a zip gets to an app    deployment.py  what Azure says of it
scm.py       the app's SCM site          login.py     tokens of Entra
values.py    Pulumi's wire form of values
progress.py  lines for the engine to show
schema.py    the package, described for tools
"""
