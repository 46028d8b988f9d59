// Swagger UI on the page that it is on: the element says where the OpenAPI document is.
const element = document.getElementById("swagger-ui");
SwaggerUIBundle({ domNode: element, url: element.dataset.schema, deepLinking: true, validatorUrl: null });
