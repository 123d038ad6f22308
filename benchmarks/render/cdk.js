// AWS CDK, synthesized by its library alone. Arguments: N, a scratch folder.
const path = require("path");
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const api = require("aws-cdk-lib/aws-apigatewayv2");
const { HttpLambdaIntegration } = require("aws-cdk-lib/aws-apigatewayv2-integrations");
const { HttpJwtAuthorizer } = require("aws-cdk-lib/aws-apigatewayv2-authorizers");

const [count, folder] = [Number(process.argv[2]), process.argv[3]];
// Without the limit of 500 resources, which CloudFormation has, it would stop at about 250 routes.
const context = { "@aws-cdk/core:stackResourceLimit": 0 };
const app = new cdk.App({ outdir: path.join(folder, `cdk${count}`), context });
const stack = new cdk.Stack(app, "Orders");
const shop = new lambda.Function(stack, "Shop", {
  runtime: lambda.Runtime.PYTHON_3_12,
  handler: "app.read",
  code: lambda.Code.fromInline("def read(event, context): return {}"),
});
const authorizer = new HttpJwtAuthorizer("Jwt", "https://id.example.com/", { jwtAudience: ["orders"] });
const http = new api.HttpApi(stack, "Api", { defaultAuthorizer: authorizer });
for (let i = 0; i < count; i++) {
  http.addRoutes({
    path: `/r${i}/{id}`,
    methods: [api.HttpMethod.GET],
    integration: new HttpLambdaIntegration(`r${i}`, shop),
  });
}
const template = app.synth().getStackByName("Orders").template;
console.log(Object.keys(template.Resources).length);
