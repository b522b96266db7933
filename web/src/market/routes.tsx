import { Route } from 'react-router';
import { BuyPage } from './BuyPage';
import { NewTenantPage } from './NewTenantPage';
import { OrderPage } from './OrderPage';
import { OrdersPage } from './OrdersPage';
import { SalesPage } from './SalesPage';
import { TenantPage } from './TenantPage';
import { TenantsPage } from './TenantsPage';

/** The pages on which people buy and sell: for those who are signed in, and so on the registry's own site only. */
export const marketRoutes = (
  <>
    <Route path="buy/:namespace/:name" element={<BuyPage />} />
    <Route path="orders" element={<OrdersPage />} />
    <Route path="account/tenants" element={<TenantsPage />} />
    <Route path="account/tenants/new" element={<NewTenantPage />} />
    <Route path="account/tenants/:tenant" element={<TenantPage />} />
    <Route path="account/orders/:id" element={<OrderPage />} />
    <Route path="account/publishers/:namespace/sales" element={<SalesPage />} />
  </>
);
