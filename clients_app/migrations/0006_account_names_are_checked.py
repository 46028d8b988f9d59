from django.db import migrations, models

import clients_app.models.account


class Migration(migrations.Migration):
    dependencies = [
        ("clients_app", "0005_second_factor"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="name",
            field=models.CharField(max_length=100, validators=[clients_app.models.account.check_name]),
        ),
    ]
