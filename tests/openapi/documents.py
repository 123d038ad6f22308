"""Descriptions to be read: written by hand, with what is awkward in them."""

from __future__ import annotations

PLAIN = """
openapi: 3.1.0
info: {title: Pets & "more", version: 2.1, description: "Pets\\nof all kinds"}
servers: [{url: https://pets.example.com/v2}]
security: [{login: [read]}]
paths:
  /pets/{pet-id}:
    parameters:
      - $ref: '#/components/parameters/PetId'
      - {name: trace, in: header, schema: {type: string}}
    get:
      operationId: pets/get
      summary: "Get a pet: \\"one\\""
      tags: [Pets]
      parameters:
        - {name: fields, in: query, required: true, description: Which, schema: {type: array, items: {type: string}}}
        - {name: session, in: cookie, schema: {type: string}}
      responses:
        200: {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        404: {description: none}
    put:
      operationId: pets/put
      security: [{login: [write]}, {key: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Pet'}
          text/csv: {schema: {type: string}}
      callbacks: {done: {}}
      responses: {2XX: {description: done}}
    delete:
      deprecated: true
      security: [{}]
      responses: {204: {description: gone}}
    trace: {responses: {200: {description: echo}}}
  /pets/{id}.{format}:
    get:
      responses: {200: {description: it}}
  /pets/{any}:
    post:
      security: [{login: [read], key: []}]
      requestBody: {content: {multipart/form-data: {schema: {type: object}}}}
      responses: {200: {description: it}}
  /search:
    get:
      security: [{query: []}, {key: []}, {}]
      responses: {200: {description: it, content: {text/html: {}}}}
  /search?deep=1:
    get: {responses: {200: {description: it}}}
  /_sls/x:
    get: {responses: {200: {description: it}}}
  /lists/:
    post:
      operationId: 1st list
      security: [{hook: []}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {$ref: 'other.yaml#/A'}}}}}}
      responses: {200: {description: it}}
components:
  parameters:
    PetId: {name: pet-id, in: path, required: true, schema: {type: string}}
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, pattern: '^\\p{L}+$', format: pet-name}
        parent: {$ref: '#/components/schemas/Pet'}
        born: {type: string, format: date, default: 2020-01-01}
      unevaluatedProperties: false
  securitySchemes:
    login:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://id.example.com/authorize
          tokenUrl: https://id.example.com/token
          scopes: {read: See pets}
    key: {type: apiKey, in: header, name: X-Pet-Key}
    query: {type: apiKey, in: query, name: key}
    hook: {type: apiKey, in: header, name: X-Hub-Signature-256}
webhooks: {}
"""

OLDER = """
{
  "openapi": "3.0.3",
  "info": {"title": "Older", "version": "1"},
  "paths": {
    "/things": {
      "post": {
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
          "type": "object",
          "properties": {
            "size": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            "note": {"type": "string", "nullable": true, "example": "x", "enum": ["x", "y"]},
            "part": {"allOf": [{"$ref": "#/components/schemas/Part"}], "nullable": true},
            "old": {"$ref": "#/components/schemas/Part", "description": "does not count"}
          }
        }}}},
        "responses": {"201": {"description": "made"}}
      }
    }
  },
  "components": {
    "schemas": {"Part": {"type": "object", "discriminator": {"propertyName": "kind", "mapping": {"a": "Part"}}}},
    "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}
  },
  "security": [{"basic": []}]
}
"""

SWAGGER = """
swagger: '2.0'
info: {title: Oldest, version: '1'}
host: old.example.com
basePath: /base
schemes: [https]
consumes: [application/json]
produces: [application/json]
parameters:
  Page: {name: page, in: query, type: integer, minimum: 1}
securityDefinitions:
  petstore: {type: oauth2, flow: application, tokenUrl: https://id.example.com/token, scopes: {read: See}}
security: [{petstore: [read]}]
paths:
  /things:
    parameters: [{$ref: '#/parameters/Page'}]
    get:
      responses:
        200: {description: all, schema: {type: array, items: {$ref: '#/definitions/Thing'}}}
    post:
      parameters:
        - {name: body, in: body, required: true, schema: {$ref: '#/definitions/Thing'}}
      responses: {201: {description: made}}
  /uploads:
    post:
      consumes: [multipart/form-data]
      parameters: [{name: file, in: formData, type: file}]
      responses: {200: {description: done}}
definitions:
  Thing: {type: object, required: [name], properties: {name: {type: string}, next: {$ref: '#/definitions/Thing'}}}
"""
