"""What leaves an import as a file is written down before, as every export is."""

from tests.console.conftest import Browser, Clinic
from tests.console.test_import_pages import HEADER, choose, upload, workbook, worked


async def test_fetching_the_rows_that_were_not_imported_is_noted(clinic: Clinic, admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["王五", "123", "住在西湖边"]))
    page = await worked(clinic, admin, await choose(admin, page))
    assert (await admin.get(f"{page.path}/problems.xlsx")).status == 200
    (entry,) = await clinic.rows("audit", {"action": "import:fetched"})
    assert (entry["subject"], "1 行" in entry["summary"]) == (f"import:{page.path.rpartition('/')[2]}", True)
