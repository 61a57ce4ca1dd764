import { Page } from "../../design/components/page.tsx";

export default function CatalogPage() {
  return <Page title="Catalog">{null}</Page>;
}
