"""Systems that are programs: in any language, asked in lines of JSON."""
