// Shows this service's own openapi.json; the validator that Swagger UI would ask is on another host, so it is left out.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: false,
  validatorUrl: null,
  onComplete: () => document.body.setAttribute("data-shown", "yes"),
});
