"""The messages between the Functions host and its Python worker, as protobuf classes: those that an HTTP call needs.

Names, numbers and types are the protocol's (FunctionRpc.proto in Azure/azure-functions-language-worker-protobuf). Real
protobuf, because it is strict: a header whose value is no text, or a status that is no string, fails as it would there.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory, timestamp_pb2

PACKAGE = "AzureFunctionsRpcMessages"

# Message → fields, "name type number": "*" after a type for a list, "{}" for a map of strings to it.
MESSAGES = {
    "NullableString": "value string 1",
    "NullableDouble": "value double 1",
    "NullableBool": "value bool 1",
    "NullableTimestamp": "value google.protobuf.Timestamp 1",
    "RpcException": "stack_trace string 1, message string 2, source string 3, is_user_exception bool 4, type string 5",
    "StatusResult": "result string 1, exception RpcException 2, status StatusResult.Status 4",
    "WorkerMetadata": "runtime_name string 1, runtime_version string 2, worker_version string 3,"
    " worker_bitness string 4, custom_properties string{} 5",
    "WorkerInitRequest": "host_version string 1, capabilities string{} 2, function_app_directory string 5",
    "WorkerInitResponse": "worker_version string 1, capabilities string{} 2, result StatusResult 3,"
    " worker_metadata WorkerMetadata 4",
    "FunctionEnvironmentReloadRequest": "environment_variables string{} 1, function_app_directory string 2",
    "FunctionEnvironmentReloadResponse": "worker_metadata WorkerMetadata 1, capabilities string{} 2,"
    " result StatusResult 3",
    "BindingInfo": "type string 2, direction BindingInfo.Direction 3, data_type BindingInfo.DataType 4,"
    " properties string{} 5",
    "RpcRetryOptions": "max_retry_count int32 2, delay_interval google.protobuf.Duration 3,"
    " minimum_interval google.protobuf.Duration 4, maximum_interval google.protobuf.Duration 5,"
    " retry_strategy RpcRetryOptions.RetryStrategy 6",
    "RpcFunctionMetadata": "directory string 1, script_file string 2, entry_point string 3, name string 4,"
    " bindings BindingInfo{} 6, is_proxy bool 7, status StatusResult 8, language string 9, raw_bindings string* 10,"
    " function_id string 13, managed_dependency_enabled bool 14, retry_options RpcRetryOptions 15,"
    " properties string{} 16",
    "FunctionMetadataResponse": "function_metadata_results RpcFunctionMetadata* 1, result StatusResult 2,"
    " use_default_metadata_indexing bool 3",
    "FunctionLoadRequest": "function_id string 1, metadata RpcFunctionMetadata 2",
    "FunctionLoadResponse": "function_id string 1, result StatusResult 2",
    "RpcHttpCookie": "name string 1, value string 2, domain NullableString 3, path NullableString 4,"
    " expires NullableTimestamp 5, secure NullableBool 6, http_only NullableBool 7,"
    " same_site RpcHttpCookie.SameSite 8, max_age NullableDouble 9",
    "RpcHttp": "method string 1, url string 2, headers string{} 3, body TypedData 4, params string{} 10,"
    " status_code string 12, query string{} 15, enable_content_negotiation bool 16, cookies RpcHttpCookie* 19",
    "TypedData": "data: string string 1, json string 2, bytes bytes 3, stream bytes 4, http RpcHttp 5, int sint64 6,"
    " double double 7",
    "ParameterBinding": "name string 1, rpc_data: data TypedData 2",
    "RpcTraceContext": "trace_parent string 1, trace_state string 2, attributes string{} 3",
    "RetryContext": "retry_count int32 1, max_retry_count int32 2, exception RpcException 3",
    "InvocationRequest": "invocation_id string 1, function_id string 2, input_data ParameterBinding* 3,"
    " trigger_metadata TypedData{} 4, trace_context RpcTraceContext 5, retry_context RetryContext 6",
    "InvocationResponse": "invocation_id string 1, output_data ParameterBinding* 2, result StatusResult 3,"
    " return_value TypedData 4",
}
"""A name with a colon begins a oneof of the fields that follow."""
ENUMS = {
    "StatusResult.Status": "Failure Success Cancelled",
    "BindingInfo.Direction": "in out inout",
    "BindingInfo.DataType": "undefined string binary stream",
    "RpcRetryOptions.RetryStrategy": "exponential_backoff fixed_delay",
    "RpcHttpCookie.SameSite": "None Lax Strict ExplicitNone",
}

_Field = descriptor_pb2.FieldDescriptorProto
_PLAIN = {
    "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES, "bool": _Field.TYPE_BOOL, "double": _Field.TYPE_DOUBLE,
    "int32": _Field.TYPE_INT32, "sint64": _Field.TYPE_SINT64,
}  # fmt: skip


def protos() -> Any:
    """A namespace of message classes, as the worker is handed."""
    file = descriptor_pb2.FileDescriptorProto(name="FunctionRpc.proto", package=PACKAGE, syntax="proto3")
    file.dependency.extend(["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"])
    for name, fields in MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(duration_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    classes = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES
    }
    timestamp = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.Timestamp"))
    return SimpleNamespace(**classes, Timestamp=timestamp)


def _describe(message: Any, fields: str) -> None:
    for enum, values in ENUMS.items():
        owner, _, name = enum.partition(".")
        if owner == message.name:
            made = message.enum_type.add(name=name)
            for place, value in enumerate(values.split()):
                made.value.add(name=value, number=place)
    for text in fields.split(", "):
        choice, colon, rest = text.partition(": ")
        if colon:
            message.oneof_decl.add(name=choice)
        name, kind, number = (rest if colon else text).split()
        field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
        if message.oneof_decl:
            field.oneof_index = len(message.oneof_decl) - 1
        if kind.endswith("{}"):
            entry: Any = message.nested_type.add(name="".join(part.title() for part in name.split("_")) + "Entry")
            entry.options.map_entry = True
            _type(entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL), "string")
            _type(entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL), kind[:-2])
            kind = f"{message.name}.{entry.name}*"
        if kind.endswith("*"):
            field.label = _Field.LABEL_REPEATED
        _type(field, kind.rstrip("*"))


def _type(field: Any, kind: str) -> None:
    if kind in _PLAIN:
        field.type = _PLAIN[kind]
    else:
        field.type = _Field.TYPE_ENUM if kind in ENUMS else _Field.TYPE_MESSAGE
        field.type_name = f".{kind}" if kind.startswith("google.") else f".{PACKAGE}.{kind}"
