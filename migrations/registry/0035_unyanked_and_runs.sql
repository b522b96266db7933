-- Why a yank was taken back, if its publisher said so; nothing for a release that is yanked, or never was.
ALTER TABLE releases ADD COLUMN unyanked_for TEXT;
