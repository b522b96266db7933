import { Route } from 'react-router';
import { QueuePage } from './QueuePage';
import { ReviewPage } from './ReviewPage';
import { SubmissionPage } from './SubmissionPage';
import { SubmissionsPage } from './SubmissionsPage';

/** The pages of versions that were sent: for those who are signed in, and so on the registry's own site only. */
export const submissionRoutes = (
  <>
    <Route path="account/submissions" element={<SubmissionsPage />} />
    <Route path="submissions/:id" element={<SubmissionPage />} />
    <Route path="review" element={<QueuePage />} />
    <Route path="review/:id" element={<ReviewPage />} />
  </>
);
