import { Route } from 'react-router';
import { AccountPage } from './AccountPage';
import { ConfirmAddressPage } from './ConfirmAddressPage';
import { VerifyPage } from './NewAccountPage';
import { InvitationPage, TransferPage } from './OfferPages';
import { OperatorPage } from './OperatorPage';
import { ResetPage } from './ResetPage';
import { RestoreAddressPage } from './RestoreAddressPage';
import { SignInPage } from './SignInPage';
import { SignUpPage } from './SignUpPage';

/** The pages of people's accounts, which only the registry's own site has: its cookie is for its own origin. */
export const accountRoutes = (
  <>
    <Route path="sign-up" element={<SignUpPage />} />
    <Route path="sign-in" element={<SignInPage />} />
    <Route path="verify" element={<VerifyPage />} />
    <Route path="operator" element={<OperatorPage />} />
    <Route path="reset" element={<ResetPage />} />
    <Route path="confirm-address" element={<ConfirmAddressPage />} />
    <Route path="restore-address" element={<RestoreAddressPage />} />
    <Route path="invitation" element={<InvitationPage />} />
    <Route path="transfer" element={<TransferPage />} />
    <Route path="account" element={<AccountPage />} />
  </>
);
