"""Systems, models and suppliers as pages and the API read them: what is used where, and everything of one vendor."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from governance.access import systems_visible_to, use_cases_visible_to
from governance.access.visible import Principal
from governance.models import AIModel, AISystem, ModelVersion, Supplier, SystemVersion, UseCase


@dataclass(frozen=True, slots=True)
class SupplierPage:
    """Everything one may see that rests on a vendor: its systems, its models, and the use cases behind both."""

    supplier: Supplier
    systems: list[AISystem]
    models: list[AIModel]
    systems_with_its_models: list[AISystem]
    use_cases: list[UseCase]


def suppliers_visible_to(principal: Principal) -> QuerySet[Supplier]:
    """Suppliers of systems one may see, and of the models inside them."""
    systems = systems_visible_to(principal).values("pk")
    found = Supplier.objects.filter(systems__in=systems) | Supplier.objects.filter(
        models__versions__system_versions__system__in=systems
    )
    return found.distinct()


def supplier_page(principal: Principal, supplier_id: UUID) -> SupplierPage | None:
    """Everything that uses this vendor's systems or models, or None where one sees nothing of it."""
    supplier = suppliers_visible_to(principal).filter(pk=supplier_id).first()
    if supplier is None:
        return None
    visible = systems_visible_to(principal)
    systems = list(visible.filter(supplier=supplier).order_by("name", "ref"))
    inside = list(
        visible.filter(versions__model_versions__model__supplier=supplier)
        .exclude(supplier=supplier)
        .distinct()
        .order_by("name", "ref")
    )
    cases = use_cases_visible_to(principal).filter(systems__in=[*systems, *inside]).distinct()
    return SupplierPage(
        supplier=supplier,
        systems=systems,
        models=list(supplier.models.prefetch_related("versions").order_by("name", "ref")),
        systems_with_its_models=inside,
        use_cases=list(cases.select_related("owner", "unit").prefetch_related("systems").order_by("ref")),
    )


def system_page(principal: Principal, ref: str) -> AISystem | None:
    """One system with its versions and the models inside each, or None where one may not see it."""
    models = ModelVersion.objects.select_related("model", "model__supplier")
    versions = SystemVersion.objects.order_by("-recorded_at", "-pk").prefetch_related(
        Prefetch("model_versions", queryset=models)
    )
    rows = systems_visible_to(principal).select_related("supplier").prefetch_related(Prefetch("versions", versions))
    return rows.filter(ref=ref).first()
