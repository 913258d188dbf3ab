"""Remember the accounts that a payee had before, and order what is written of one."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creators", "0003_settling_and_paying")]

    operations = [
        migrations.AlterModelOptions(
            name="payee", options={"verbose_name": "payee", "verbose_name_plural": "payees"}
        ),
        migrations.AddField(
            model_name="payee", name="former_accounts", field=models.JSONField(blank=True, default=list)
        ),
        migrations.AddField(
            model_name="payee", name="revision", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(model_name="payee", name="active_at", field=models.DateTimeField(null=True)),
    ]
