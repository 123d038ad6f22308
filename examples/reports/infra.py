"""What the reports API is: sales by day, and each night a report of the last one. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Bucket, Function, Input, Jwt, OnSchedule, Route, Table

from .src.reports.models import Sale

ZONE = "Europe/Berlin"
sales = Table("sales", key="day", sort_key="id")
reports = Bucket("reports", versioned=True)

till = Function(
    "till", code="src", memory=256, timeout=10, requirements=["tzdata"], links=[sales.write(), reports.read()]
)
clerk = Function(
    "clerk", code="src", memory=512, timeout=120, requirements=["tzdata"], links=[sales.read(), reports.write()]
)


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    """Shops sign in at `issuer`. A day is one of Berlin's; its report is written at three in the morning after."""
    return Api(
        "reports",
        description="Sales, and a report of each day",
        auth=Jwt(issuer=issuer, audience="reports"),
        routes=[
            Route("POST", "/sales", till, handler="reports.till:sell", request=Sale),
            Route("GET", "/reports/{day}", till, handler="reports.till:report"),
        ],
        events=[OnSchedule("nightly", clerk, handler="reports.nightly:write", cron="0 3 * * *", timezone=ZONE)],
    )
