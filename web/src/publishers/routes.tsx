import { Route } from 'react-router';
import { NewPublisherPage } from './NewPublisherPage';
import { PublisherPage } from './PublisherPage';

/** The pages on which a person runs a publisher: for those who are signed in, and so on the registry's own site only. */
export const publisherRoutes = (
  <>
    <Route path="account/publishers/new" element={<NewPublisherPage />} />
    <Route path="account/publishers/:namespace" element={<PublisherPage />} />
  </>
);
