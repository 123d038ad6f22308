"""The contract: the same cases on every cloud. A further one adds itself to `clouds.CLOUDS`, and passes.

model.py         calls, answers, what a cloud is to a case         apis.py, code/, frameworks/
clouds.py        every cloud: aws.py, azure.py, gcp.py, local.py   unpacking.py               the very zips
aws_gateway.py   what stands in for the vendors' gateways, made of the rendered documents and the vendors' pages alone:
azure_gateway.py, azure_policy.py, csharp.py, gcp_gateway.py; the local one is real. They are tried by test_judges.py
                 (the vendors' own examples) and test_mistakes.py (wrong documents, which they must notice)
fronts/          every front before its functions in this process: ways in, limits; full/: the cases behind full ones
aws_rest_*.py    the stand-in of a REST API                        local_stack.py             the local target, deployed
capability_*.py  what each front can do: a table of its own
tokens.py        tokens, and what gateways make of them            wire.py, local_worker.py   processes of this machine
differences.py   the few statuses that differ, as they are known   unjudged.py                what only an account shows
results.py       what became of each case                          table.py                   case by target, markdown
"""
