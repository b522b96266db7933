import { useLocale } from '../i18n/locale';
import { THEMES, type Theme } from '../lib/theme';
import { Icon } from './Icon';
import styles from './ThemeChoice.module.css';

interface ThemeChoiceProps {
  theme: Theme;
  onChoose: (theme: Theme) => void;
}

export function ThemeChoice({ theme, onChoose }: ThemeChoiceProps) {
  const { messages } = useLocale();
  return (
    <fieldset className={styles.choice}>
      <legend className="visually-hidden">{messages.theme.label}</legend>
      {THEMES.map((option) => (
        <label key={option} className={styles.option} title={messages.theme[option]}>
          <input
            type="radio"
            name="adx-theme"
            value={option}
            checked={option === theme}
            onChange={() => {
              onChoose(option);
            }}
          />
          <Icon shape={option} />
          <span className="visually-hidden">{messages.theme[option]}</span>
        </label>
      ))}
    </fieldset>
  );
}
