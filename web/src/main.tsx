import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { Site } from './Site';

const element = document.getElementById('marketplace');
if (!element) throw new Error('index.html has no element with the id "marketplace"');

createRoot(element).render(
  <StrictMode>
    <BrowserRouter>
      <Site />
    </BrowserRouter>
  </StrictMode>,
);
