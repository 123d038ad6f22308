"""What the partners API is: every way in beside a token alone. Pure data: no cloud, no pulumi."""

from sls_infra import Api, ApiKey, Custom, Function, Input, Jwt, Public, Quota, RateLimit, Route, Secret, Webhook

from .src.partners.models import Reservation

payments = Secret("payments-signing")
warehouse = Secret("warehouse-token")

stock = Function("stock", code="src", memory=256, timeout=10, links=[warehouse.read()])
gatekeeper = Function("gatekeeper", code="src", memory=256, timeout=5)

LIMITS: dict[str, list[RateLimit | Quota]] = {
    "acme": [RateLimit(20, burst=40), Quota(10_000, per="day")],
    "globex": [RateLimit(5), Quota(1_000, per="day")],
}
paid = Webhook(payments, scheme="stripe")
badge = Custom(gatekeeper, handler="partners.gate:admit", ttl=30)


def api(issuer: Input[str] = "https://id.example.com/", limited: bool = True) -> Api:
    """Staff sign in at `issuer`; partners have keys, made by the deployment; the payment service signs its calls.

    `limited=False` leaves out what each partner may do in a second and a day, for targets that don't count so.
    """
    partner = ApiKey(clients={name: limits if limited else [] for name, limits in LIMITS.items()})
    staff = Jwt(issuer=issuer, audience="partners")
    return Api(
        "partners",
        description="Stock for partners, reservations, and what the payment service tells",
        auth=partner,
        routes=[
            Route("GET", "/catalogue", stock, handler="partners.api:catalogue", auth=[staff, Public()]),
            Route("GET", "/stock/{sku}", stock, handler="partners.api:level"),
            Route("POST", "/stock/{sku}/reservations", stock, handler="partners.api:reserve", request=Reservation),
            Route("POST", "/hooks/payments", stock, handler="partners.hooks:paid", auth=paid),
            Route("GET", "/docks/{dock}", stock, handler="partners.api:dock", auth=badge),
        ],
    )
